<#import "logout-layout.ftl" as layout>
<#-- Each app signs its user out in a hidden frame of its own (OpenID Connect Front-Channel Logout 1.0). -->
<@layout.page heading=msg("frontchannel-logout.title") icon="exit">
  <div id="sso-frontchannel"
    data-timeout="${properties.ssoLogoutFrontchannelTimeout!"5000"}"
    data-count="${msg("frontchannelCount", "{0}", "{1}")}"
    data-done="${msg("frontchannelDone")}"
    data-late="${msg("frontchannelLate")}"
    data-heading="${msg("signedOutTitle")}">
    <p>${msg("frontchannel-logout.message")}</p>
    <progress max="${logout.clients?size?c}" value="0" aria-labelledby="sso-heading"></progress>
    <p class="sso-quiet" role="status" id="sso-count"></p>
    <ul class="sso-apps" data-mark="wait">
      <#list logout.clients as app>
      <li data-state="waiting">
        <span class="sso-app">${advancedMsg(app.name)}</span>
        <span class="sso-state">${msg("frontchannelWaiting")}</span>
        <iframe src="${app.frontChannelLogoutUrl}" title="${advancedMsg(app.name)}" hidden></iframe>
      </li>
      </#list>
    </ul>
    <p class="sso-notice" id="sso-late" hidden>${msg("frontchannelLateHint")}</p>
    <div class="sso-actions">
      <#if logout.logoutRedirectUri?has_content>
      <@layout.link id="continue" href=logout.logoutRedirectUri label=msg("doContinue") primary=true/>
      <#elseif (client.baseUrl)?has_content>
      <@layout.link href=client.baseUrl label=msg("backToApp", layout.clientName()) primary=true/>
      <#elseif (sso.signInUrl)??>
      <@layout.link href=sso.signInUrl label=msg("signInAgain") primary=true/>
      </#if>
    </div>
  </div>
</@layout.page>
